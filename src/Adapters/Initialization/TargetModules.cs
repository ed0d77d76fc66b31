using System.IO.Enumeration;
using EdgeFlora.Adapters.Safetensors;

namespace EdgeFlora.Adapters.Initialization;

/// <summary>Finds the modules to adapt in a base model, by the headers of its weight files alone.</summary>
public static class TargetModules
{
    /// <summary>PEFT's word for all linear layers of the model, its head apart.</summary>
    public const string AllLinear = "all-linear";

    private const string WeightSuffix = ".weight";

    /// <summary>
    /// Linear layers meant by the targets: modules with a weight [outputs × inputs] (or [inputs × outputs], see <see cref="TransposedLayers"/>) whose
    /// name is a target or ends with one.
    /// </summary>
    /// <param name="baseWeights">Names as the model's own folder has them.</param>
    /// <param name="targets">As PEFT's <c>target_modules</c>; at least one.</param>
    /// <param name="within">
    /// Only modules whose name begins with this (<c>bert.encoder</c>); null for all. Pre-trained weights hold heads that a task does not use,
    /// and their layers may bear the same names.
    /// </param>
    /// <returns>In ordinal order.</returns>
    /// <exception cref="AdapterFormatException">
    /// A target means no module, or one that is not a linear layer of plain numbers; the message names it and what there is.
    /// </exception>
    public static IReadOnlyList<ModuleShape> Find(SafetensorsSet baseWeights, IReadOnlyList<string> targets, string? within = null)
    {
        ArgumentNullException.ThrowIfNull(baseWeights);
        ArgumentNullException.ThrowIfNull(targets);
        ArgumentOutOfRangeException.ThrowIfZero(targets.Count, nameof(targets));
        List<TensorInfo> candidates = [.. baseWeights.Tensors.Values
            .Where(t => t.Name.EndsWith(WeightSuffix, StringComparison.Ordinal) && LiesWithin(t.Name, within))];
        var found = new SortedDictionary<string, ModuleShape>(StringComparer.Ordinal);
        foreach (string target in targets)
        {
            List<TensorInfo> meant = [.. candidates.Where(t => ModuleNames.IsTarget(Module(t), target))];
            if (meant.Count == 0)
            {
                throw new AdapterFormatException($"The target module '{target}' is not in the base "
                    + $"model{(within is null ? string.Empty : $" under '{within}'")}; its linear layers are called {Known(candidates)}.");
            }

            foreach (TensorInfo tensor in meant)
            {
                found[Module(tensor)] = Shape(tensor, target);
            }
        }

        return [.. found.Values];
    }

    /// <summary>
    /// Targets without patterns: those that are one become the full names of what they fit, which PEFT takes as well; the others stay.
    /// </summary>
    /// <param name="targets">
    /// Endings, <see cref="AllLinear"/>, or whole names in which <c>*</c> stands for any characters and <c>?</c> for one: <c>*.layers.1?.*_proj</c>.
    /// </param>
    /// <inheritdoc cref="Find"/>
    public static IReadOnlyList<string> Expand(SafetensorsSet baseWeights, IReadOnlyList<string> targets, string? within = null)
    {
        ArgumentNullException.ThrowIfNull(baseWeights);
        ArgumentNullException.ThrowIfNull(targets);
        string[] linear = [.. baseWeights.Tensors.Values
            .Where(t => t.Name.EndsWith(WeightSuffix, StringComparison.Ordinal) && LiesWithin(t.Name, within) && IsLinear(t))
            .Select(Module).Order(StringComparer.Ordinal)];
        var expanded = new List<string>();
        foreach (string target in targets)
        {
            string[] meant = target == AllLinear ? linear
                : target.AsSpan().ContainsAny('*', '?')
                    ? [.. linear.Where(module => FileSystemName.MatchesSimpleExpression(target, module, ignoreCase: false))]
                : [target];
            expanded.AddRange(meant.Length > 0
                ? meant
                : throw new AdapterFormatException($"The pattern '{target}' of target modules fits no linear layer of the base model; whole names "
                    + $"are such as {(linear.Length > 0 ? linear[0] : "none")}, and end in {Endings(linear)}."));
        }

        return [.. expanded.Distinct(StringComparer.Ordinal)];
    }

    private static ModuleShape Shape(TensorInfo tensor, string target)
    {
        if (!IsLinear(tensor))
        {
            throw new AdapterFormatException(
                $"The target module '{target}' means '{tensor.Name}', {tensor.Type.Name()} [{string.Join('×', tensor.Shape)}], expected the weight "
                + "of a linear layer: F32, F16 or BF16 [outputs×inputs].");
        }

        return TransposedLayers.Holds(Module(tensor))
            ? new ModuleShape(Module(tensor), tensor.Shape[1], tensor.Shape[0])
            : new ModuleShape(Module(tensor), tensor.Shape[0], tensor.Shape[1]);
    }

    private static bool IsLinear(TensorInfo tensor) =>
        tensor.Shape.Count == 2
            && tensor.Count > 0
            && SinglePrecision.CanWiden(tensor.Type)
            && !LastComponent(Module(tensor)).Contains("embed", StringComparison.Ordinal);

    private static bool LiesWithin(string tensor, string? within) => within is null || tensor.StartsWith(within + ".", StringComparison.Ordinal);

    private static string Module(TensorInfo tensor) => tensor.Name[..^WeightSuffix.Length];

    private static string LastComponent(string module) => module[(module.LastIndexOf('.') + 1)..];

    private static string Known(IEnumerable<TensorInfo> candidates) => Endings(candidates.Where(t => t.Shape.Count == 2).Select(Module));

    private static string Endings(IEnumerable<string> modules) =>
        string.Join(", ", modules.Select(LastComponent).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal).Take(20));
}
