"""What is shipped: wheels, lists of packages, licences."""
