namespace EdgeFlora.Adapters;

/// <summary>
/// GPT-2's Conv1D layers: linear layers whose weight lies in the file as [inputs × outputs], which PEFT calls <c>fan_in_fan_out</c>.
/// </summary>
public static class TransposedLayers
{
    private static readonly string[] Names = ["c_attn", "c_proj", "c_fc", "q_attn"];

    /// <summary>Whether a module is such a layer, by the last part of its name.</summary>
    public static bool Holds(string module)
    {
        ArgumentNullException.ThrowIfNull(module);
        return Names.Contains(module[(module.LastIndexOf('.') + 1)..], StringComparer.Ordinal);
    }
}
