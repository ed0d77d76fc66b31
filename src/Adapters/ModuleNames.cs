namespace EdgeFlora.Adapters;

/// <summary>How names of modules and tensors relate; the rules of PEFT, by whole dot-separated components.</summary>
public static class ModuleNames
{
    /// <summary>Ending of the name in <see cref="LoraAdapter.Saved"/> of a DoRA magnitude [outputs]; the module's name stands before it.</summary>
    public const string MagnitudeSuffix = ".lora_magnitude_vector";

    /// <summary>
    /// Whether a module is meant by a target: it is the target, or ends with it (<c>…self.query</c> is meant by <c>query</c>, not by <c>uery</c>).
    /// </summary>
    public static bool IsTarget(string module, string target) =>
        module.EndsWith(target, StringComparison.Ordinal) && (module.Length == target.Length || module[^(target.Length + 1)] == '.');

    /// <summary>
    /// Whether a tensor lies in a module trained in full: some leading part of its name is meant by <paramref name="saved"/>
    /// (<c>classifier.dense.weight</c> by <c>classifier</c>).
    /// </summary>
    public static bool LiesIn(string tensor, string saved)
    {
        for (int dot = tensor.IndexOf('.', StringComparison.Ordinal); dot >= 0; dot = tensor.IndexOf('.', dot + 1))
        {
            if (IsTarget(tensor[..dot], saved))
            {
                return true;
            }
        }

        return false;
    }
}
