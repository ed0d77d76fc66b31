namespace EdgeFlora.Learning.Models.Llama;

/// <summary>Which layers look back only so far (arXiv 2310.06825), as the families write it in <c>config.json</c>.</summary>
internal static class SlidingWindows
{
    private const int Longest = 1 << 24;

    /// <returns>Tokens that a token of each layer sees, itself included; null for all.</returns>
    /// <exception cref="InvalidDataException">A setting is out of range or not supported; the message names it.</exception>
    public static IReadOnlyList<int?> Read(ConfigFile file, string type, int layers)
    {
        // Mistral's layers all have the window that is named; Qwen2's only if that is switched on, and from a layer on; LLaMA has none.
        int? window = type == "llama" || !file.Has("sliding_window") || (type == "qwen2" && !file.Flag("use_sliding_window", fallback: false))
            ? null
            : file.Integer("sliding_window", 1, Longest);
        if (file.Texts("layer_types") is { } types)
        {
            return types.Count == layers
                ? [.. types.Select(kind => Window(file, kind, window))]
                : throw file.Refuse($"layer_types names {types.Count} layers, but num_hidden_layers is {layers}");
        }

        int first = type == "qwen2" ? file.Integer("max_window_layers", 0, int.MaxValue, fallback: 28) : 0;
        return [.. Enumerable.Range(0, layers).Select(layer => layer >= first ? window : null)];
    }

    private static int? Window(ConfigFile file, string kind, int? window) => kind switch
    {
        "full_attention" => null,
        "sliding_attention" => window ?? throw file.Refuse("layer_types asks for sliding_attention, but no sliding_window is set and in use"),
        _ => throw file.Refuse($"layer_types names \"{kind}\"; supported are full_attention and sliding_attention"),
    };
}
