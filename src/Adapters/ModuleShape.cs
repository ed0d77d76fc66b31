namespace EdgeFlora.Adapters;

/// <summary>An adapted module and the size of its weight W₀ [outputs × inputs].</summary>
/// <param name="Name">Name in the base model, without <c>.weight</c>.</param>
public sealed record ModuleShape(string Name, int Outputs, int Inputs);
