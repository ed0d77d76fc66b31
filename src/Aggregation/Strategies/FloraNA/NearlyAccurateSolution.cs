namespace EdgeFlora.Aggregation.Strategies.FloraNA;

/// <summary>Scalars of FLoRA-NA for one module: B̂ = Σ pᵤBᵤ, Â = Σ qᵤAᵤ.</summary>
/// <param name="P">One per entry, in the order of the entries; may be negative.</param>
/// <param name="Q">One per entry.</param>
/// <param name="SquaredError">‖B̂Â − T‖², of the solver's own reckoning.</param>
/// <param name="StartSquaredError">The same at the start, plain averaging.</param>
/// <param name="HalfSteps">Problems solved, for q and for p in turn; of a descent, its steps.</param>
internal sealed record NearlyAccurateSolution(double[] P, double[] Q, double SquaredError, double StartSquaredError, int HalfSteps);
