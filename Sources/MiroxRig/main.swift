print("mirox-rig")
