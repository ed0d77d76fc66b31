namespace EdgeFlora.Adapters.Peft;

/// <summary>The names PEFT gives to an adapter's tensors in <c>adapter_model.safetensors</c>.</summary>
internal static class PeftKey
{
    public const string Prefix = "base_model.model.";

    /// <summary>Endings of A and B; PEFT holds HiRA's factors as bare parameters, LoRA's in a layer of their own.</summary>
    public static (string A, string B) Suffixes(AdapterVariant variant) =>
        variant == AdapterVariant.Hira ? (".hira_A", ".hira_B") : (".lora_A.weight", ".lora_B.weight");

    /// <summary>Refuses names that mean something else than A, B or a tensor trained in full.</summary>
    /// <param name="path">For the message.</param>
    /// <exception cref="AdapterFormatException">The message says what the name means, or what it should be.</exception>
    public static void RequireReadable(string name, string path)
    {
        if (!name.StartsWith(Prefix, StringComparison.Ordinal))
        {
            throw new AdapterFormatException($"{path}: tensor '{name}' is not called as PEFT calls an adapter's tensors, expected a name that begins "
                + $"with '{Prefix}'; write the adapter with PEFT's save_pretrained.");
        }

        if (name.Contains(".lora_embedding_", StringComparison.Ordinal))
        {
            throw new AdapterFormatException($"{path}: tensor '{name}' adapts an embedding, which EdgeFlora does not support, expected adapted "
                + "linear layers (embeddings can be trained in full, with modules_to_save).");
        }

        if (AdapterName(name) is { } adapter)
        {
            throw new AdapterFormatException($"{path}: tensor '{name}' holds the adapter's name '{adapter}', as in a state dict of the running "
                + "model, expected a name without it; write the adapter with PEFT's save_pretrained.");
        }
    }

    /// <summary>What stands between <c>lora_A</c> and <c>weight</c>, where a file should have nothing.</summary>
    private static string? AdapterName(string name)
    {
        string[] parts = name.Split('.');
        return parts.Length > 3 && parts[^3] is "lora_A" or "lora_B" && parts[^1] == "weight" ? parts[^2]
            : parts.Length > 3 && parts[^3] == "modules_to_save" ? parts[^2]
            : null;
    }
}
