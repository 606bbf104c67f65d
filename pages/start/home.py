from components.start import view

view.home()
