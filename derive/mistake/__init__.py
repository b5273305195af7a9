"""What a mistake is: edits of the written text, each with the sentence that says what is wrong."""

from derive.mistake.record import Edit, Mistake, corrected
from derive.mistake.writing import Writing
from derive.mistake.written import Known, Meaning, Place, Written

__all__ = ["Edit", "Known", "Meaning", "Mistake", "Place", "Writing", "Written", "corrected"]
