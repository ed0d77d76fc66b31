using System.Numerics.Tensors;
using EdgeFlora.Adapters;

namespace EdgeFlora.Aggregation;

/// <summary>What makes an update fit to be merged. Asked at intake, and again before merging, for a merge must never see anything else.</summary>
public static class UpdateCheck
{
    /// <summary>Why <paramref name="update"/> cannot be merged with <paramref name="broadcast"/>, in one line; null if it can.</summary>
    /// <remarks>
    /// Variant, modules and shapes must be equal, values and weight finite. The rank may differ: whether a strategy takes other ranks is its own
    /// matter.
    /// </remarks>
    public static string? Refusal(LoraAdapter broadcast, Update update)
    {
        ArgumentNullException.ThrowIfNull(broadcast);
        ArgumentNullException.ThrowIfNull(update);
        if (!double.IsFinite(update.Weight) || update.Weight < 0)
        {
            return FormattableString.Invariant($"{update.AgentId}: the weight is {update.Weight}; it must be finite and not negative.");
        }

        if (update.Staleness < 0 || (update.Staleness > 0 && update.Start is null))
        {
            return $"{update.AgentId}: staleness is {update.Staleness}; it must not be negative, and an update above 0 needs the adapter it started "
                + "from.";
        }

        return AdapterRefusal(broadcast, update.Adapter, update.AgentId)
            ?? (update.Start is null ? null : AdapterRefusal(broadcast, update.Start, $"start of {update.AgentId}"));
    }

    private static string? AdapterRefusal(LoraAdapter broadcast, LoraAdapter adapter, string owner)
    {
        if (adapter.Settings.Variant != broadcast.Settings.Variant)
        {
            return $"{owner}: the adapter's variant is {adapter.Settings.Variant}, the broadcast one's is {broadcast.Settings.Variant}.";
        }

        if (!double.IsFinite(adapter.Settings.Scale) || adapter.Settings.Scale <= 0)
        {
            return FormattableString.Invariant($"{owner}: the adapter's scale is {adapter.Settings.Scale}; it must be positive.");
        }

        if (FirstDifference(broadcast.Modules.Keys, adapter.Modules.Keys) is { } module)
        {
            return $"{owner}: module {module} is in only one of the adapter and the broadcast adapter.";
        }

        if (FirstDifference(broadcast.Saved.Keys, adapter.Saved.Keys) is { } tensor)
        {
            return $"{owner}: tensor {tensor} is in only one of the adapter and the broadcast adapter.";
        }

        return adapter.Modules.Select(m => FactorsRefusal(owner, m.Key, broadcast.Modules[m.Key], m.Value))
            .FirstOrDefault(refusal => refusal is not null)
            ?? adapter.Saved.Select(s => TensorRefusal(owner, s.Key, broadcast.Saved[s.Key], s.Value)).FirstOrDefault(refusal => refusal is not null);
    }

    private static string? FirstDifference(IEnumerable<string> expected, IEnumerable<string> actual)
    {
        var names = new SortedSet<string>(expected, StringComparer.Ordinal);
        names.SymmetricExceptWith(actual);
        return names.FirstOrDefault();
    }

    private static string? FactorsRefusal(string owner, string name, LoraFactors expected, LoraFactors actual)
    {
        if (actual.Outputs != expected.Outputs || actual.Inputs != expected.Inputs)
        {
            return $"{owner}: module {name} is [{actual.Outputs}×{actual.Inputs}], expected [{expected.Outputs}×{expected.Inputs}].";
        }

        return !TensorPrimitives.IsFiniteAll<float>(actual.A.Values) ? $"{owner}: A of module {name} has a value that is not finite."
            : !TensorPrimitives.IsFiniteAll<float>(actual.B.Values) ? $"{owner}: B of module {name} has a value that is not finite."
            : null;
    }

    private static string? TensorRefusal(string owner, string name, DenseTensor expected, DenseTensor actual)
    {
        if (!actual.Shape.SequenceEqual(expected.Shape))
        {
            return $"{owner}: tensor {name} is [{string.Join('×', actual.Shape)}], expected [{string.Join('×', expected.Shape)}].";
        }

        return TensorPrimitives.IsFiniteAll<float>(actual.Values) ? null : $"{owner}: tensor {name} has a value that is not finite.";
    }
}
