"""The responder inside a Python program: started, told what to expect, asked what came.

`responder.Responder` is its door. What Python writes of a scenario goes through the same models as
files do, so a mistake is the same sentence, at the file and line of the call.
"""
