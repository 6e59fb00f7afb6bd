"""Small applications of the client."""
