namespace EdgeFlora.Learning.Models;

/// <summary>How a parameter that no file holds follows from one that is read.</summary>
/// <param name="Source">Declared before the parameter that follows from it.</param>
/// <param name="Compute">From the source's values to the parameter's, both row by row; null if they are the same.</param>
public sealed record ParameterFormula(Parameter Source, Func<float[], float[]>? Compute);
