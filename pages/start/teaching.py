from components.start import teaching

teaching.teaching()
