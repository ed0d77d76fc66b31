namespace EdgeFlora.Aggregation;

/// <summary>What a strategy asks of training; it travels with the task and the agent obeys it.</summary>
/// <param name="TrainA">Whether A is trained; else it stays as broadcast, to the bit.</param>
/// <param name="TrainB">Whether B is trained.</param>
/// <param name="KeepB">Whether the agent keeps its own B from round to round and sends the broadcast one back.</param>
/// <param name="FoldsIntoBase">
/// Whether a round's result includes a change of the base weights that every agent must apply before it trains on.
/// </param>
/// <param name="NewBasis">
/// Whether factors start in another basis than in the round before, so that what compression left out of them then means nothing now.
/// </param>
public sealed record TaskNeeds(bool TrainA = true, bool TrainB = true, bool KeepB = false, bool FoldsIntoBase = false, bool NewBasis = false);
