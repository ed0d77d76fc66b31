namespace EdgeFlora.Adapters.Peft;

/// <summary>The check that an adapter's names agree with its settings, without which PEFT would load a part of it and say nothing.</summary>
internal static class PeftNaming
{
    /// <param name="targets">Endings of module names; if empty, any module may be adapted.</param>
    /// <param name="source">File or folder, for messages.</param>
    /// <exception cref="AdapterFormatException">
    /// A module is no target, a saved tensor is under no module to save, or DoRA and its magnitudes disagree.
    /// </exception>
    public static void Check(
        LoraSettings settings, IReadOnlyList<string> targets, IReadOnlyCollection<string> modules, IReadOnlyCollection<string> saved, string source)
    {
        if (modules.Count == 0)
        {
            throw new AdapterFormatException($"{source}: the adapter has no module.");
        }

        foreach (string module in modules.Where(m => targets.Count > 0 && !targets.Any(t => ModuleNames.IsTarget(m, t))))
        {
            throw new AdapterFormatException($"{source}: module '{module}' is none of the target modules ({string.Join(", ", targets)}).");
        }

        bool dora = settings.Variant == AdapterVariant.Dora;
        HashSet<string> magnitudes = dora ? [.. modules.Select(m => m + ModuleNames.MagnitudeSuffix)] : [];
        foreach (string tensor in saved.Where(s => !magnitudes.Contains(s) && !settings.ModulesToSave.Any(m => ModuleNames.LiesIn(s, m))))
        {
            throw new AdapterFormatException(
                $"{source}: tensor '{tensor}' belongs to no adapted module and to none of the modules to save "
                + $"({string.Join(", ", settings.ModulesToSave)}){Hint(tensor, dora, saved)}.");
        }

        foreach (string magnitude in magnitudes.Where(m => !saved.Contains(m)))
        {
            throw new AdapterFormatException($"{source}: the adapter is DoRA, but '{magnitude}' is missing.");
        }
    }
    /// <summary>The setting that such a tensor asks for, where its name tells.</summary>
    private static string Hint(string tensor, bool dora, IReadOnlyCollection<string> saved) =>
        !dora && tensor.Contains(ModuleNames.MagnitudeSuffix, StringComparison.Ordinal) ? "; it is DoRA's, and use_dora is not true"
        : tensor.EndsWith(".lora_B.bias", StringComparison.Ordinal) ? "; it is a bias of LoRA itself (lora_bias), which EdgeFlora does not support"
        : tensor.EndsWith(".bias", StringComparison.Ordinal) && !saved.Contains(tensor[..^".bias".Length] + ".weight")
            ? "; a bias that was trained beside LoRA (bias) is not supported"
        : "";
}
