namespace EdgeFlora.Aggregation;

/// <summary>One agent's factors of one module beside the broadcast ones.</summary>
/// <param name="AgentId">
/// The agent; <c>(broadcast)</c>, <c>(start of X)</c> and <c>(momentum)</c> are terms of the ideal update that no agent sent.
/// </param>
/// <param name="Weight">wᵤ in the ideal update; all of them sum to 1.</param>
/// <param name="CosineA">Cosine between its A and the broadcast A; 0 where either is zero.</param>
/// <param name="LengthRatioA">‖A‖ over the broadcast ‖A‖; 0 where that is zero.</param>
/// <param name="Regauged">Whether its factors were brought back to the broadcast gauge, the product kept, because they had left it.</param>
public sealed record AgentReport(string AgentId, double Weight, double CosineA, double LengthRatioA, bool Regauged);
