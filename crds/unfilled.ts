/**
 * Marks a member with a default that an object of an older release does not have: the API server does not fill it in, we do when we read it.
 *
 * The API is not rolled back with the operator. What the server fills in, an older operator finds in agents that nobody has touched, does not know, and
 * cannot tell from what somebody asks for. So whatever is added to an object that is there already carries this mark.
 */
export const UNFILLED = 'x-unfilled'
