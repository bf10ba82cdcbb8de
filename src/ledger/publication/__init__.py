"""What is made public: notices, names masked, and the one gate that every published byte passes."""
