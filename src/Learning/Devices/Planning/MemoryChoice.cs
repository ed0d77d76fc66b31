namespace EdgeFlora.Learning.Devices.Planning;

/// <summary>How a training is made to fit into a memory, or what would.</summary>
/// <param name="Plan">What fits at the least price; null if nothing does.</param>
/// <param name="Least">The plan that takes the least memory, whether or not that fits.</param>
/// <param name="LargestRank">Where nothing fits: the largest rank that would, with all savings; null if none.</param>
/// <param name="TopLayers">
/// Where nothing fits: the most adapted blocks, counted from the output, that would, with all savings, and how many there are; null if none.
/// </param>
public sealed record MemoryChoice(MemoryPlan? Plan, MemoryPlan Least, int? LargestRank, (int Blocks, int Of)? TopLayers);
