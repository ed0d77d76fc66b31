namespace EdgeFlora.Adapters.BaseModels;

/// <summary>The tensors of a classification head that have one row for each class: those of its last layer.</summary>
public static class ClassifierOutput
{
    private static readonly string[] Layers = [.. BaseModelFamilies.ClassifierOutputs];

    /// <summary>
    /// Whether a tensor, by its published name, is one of them: <c>classifier.weight</c>, <c>classifier.out_proj.bias</c>, <c>score.weight</c>.
    /// </summary>
    public static bool Holds(string tensor) => Layers.Any(layer => tensor == $"{layer}.weight" || tensor == $"{layer}.bias");

    /// <summary>Number of classes of the head among these tensors; null if there is none.</summary>
    /// <param name="tensors">Dimensions by name.</param>
    public static int? Rows(IEnumerable<KeyValuePair<string, IReadOnlyList<int>>> tensors)
    {
        ArgumentNullException.ThrowIfNull(tensors);
        return tensors.Where(tensor => Holds(tensor.Key) && tensor.Value.Count > 0).Select(tensor => (int?)tensor.Value[0]).FirstOrDefault();
    }
}
