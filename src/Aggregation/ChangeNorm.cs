namespace EdgeFlora.Aggregation;

/// <summary>How far an update went from the broadcast adapter.</summary>
/// <param name="Products">√(Σ over modules of ‖s·BA − s₀·B₀A₀‖²): the change of the model's weights.</param>
/// <param name="Saved">Euclidean length of the change of the tensors trained in full.</param>
public readonly record struct ChangeNorm(double Products, double Saved)
{
    /// <summary>
    /// √(Σ ‖A − A₀‖² + ‖B − B₀‖²) over the modules whose strategy averages factors in the gauge they come in: there a factor may be far longer than
    /// its product, along directions that the frozen one does not look at. 0 where strategies are free to split products anew.
    /// </summary>
    public double Factors { get; init; }
}
