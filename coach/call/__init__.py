"""One call: the stages chained, and the live session around them."""
