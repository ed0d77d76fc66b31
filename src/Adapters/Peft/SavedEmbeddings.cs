namespace EdgeFlora.Adapters.Peft;

/// <summary>
/// Embeddings that PEFT saves beside an adapter without naming them among the modules to save: it does so where the vocabulary was resized.
/// </summary>
internal static class SavedEmbeddings
{
    private static readonly string[] Modules = ["embed_tokens", "lm_head", "wte", "word_embeddings"];

    /// <summary>
    /// The settings with such modules among the modules to save. PEFT puts them into the base itself, so that a layer tied to them changes as well.
    /// </summary>
    public static LoraSettings Complete(LoraSettings settings, IEnumerable<string> saved)
    {
        string[] found = [.. Modules.Where(
            module => !settings.ModulesToSave.Contains(module) && saved.Any(tensor => ModuleNames.IsTarget(tensor, $"{module}.weight")))];
        return found.Length == 0
            ? settings
            : settings with { ModulesToSave = [.. settings.ModulesToSave.Concat(found).Order(StringComparer.Ordinal)], EnsureWeightTying = true };
    }
}
