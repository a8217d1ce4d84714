n = input("how many? ")
