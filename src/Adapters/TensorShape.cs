namespace EdgeFlora.Adapters;

/// <summary>A tensor trained in full and its dimensions, slowest first; none for a scalar.</summary>
public sealed record TensorShape(string Name, IReadOnlyList<int> Dimensions);
