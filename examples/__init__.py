"""Small applications that show how the client is used."""
