"""The words of advisor: frozen, closed and described. Units, bounds and descriptions stand in their fields alone."""
