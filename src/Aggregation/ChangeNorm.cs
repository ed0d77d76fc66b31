namespace EdgeFlora.Aggregation;

/// <summary>How far an update went from the broadcast adapter.</summary>
/// <param name="Products">√(Σ over modules of ‖s·BA − s₀·B₀A₀‖²): the change of the model's weights.</param>
/// <param name="Saved">Euclidean length of the change of the tensors trained in full.</param>
public readonly record struct ChangeNorm(double Products, double Saved);
