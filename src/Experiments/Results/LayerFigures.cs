namespace EdgeFlora.Experiments.Results;

/// <summary>Divergence of one module's aggregate in a round.</summary>
/// <param name="Module">Its name in the base model.</param>
/// <param name="Whole">‖aggregate − T‖ / ‖T‖: relative to the whole update.</param>
/// <param name="Step">The same relative to the round's own step ‖T − P₀‖; null where it was not measured.</param>
/// <param name="Bound">The least at this rank, relative to the whole update.</param>
public sealed record LayerFigures(string Module, double Whole, double? Step, double Bound);
