"""How many instructions a request costs: counted by callgrind in the library that is shipped, so that neither
the neighbours nor the clock change the figure."""
