using EdgeFlora.Adapters.Matrices;

namespace EdgeFlora.Adapters;

/// <summary>
/// Everything about an adapter but its values: what two adapters must share to be merged, and what a received one is checked against.
/// </summary>
public sealed class AdapterShape
{
    /// <exception cref="ArgumentException">A name occurs twice, a dimension is below 1, or a tensor has more values than an array holds.</exception>
    public AdapterShape(LoraSettings settings, IEnumerable<ModuleShape> modules, IEnumerable<TensorShape>? saved = null)
    {
        ArgumentNullException.ThrowIfNull(settings);
        ArgumentNullException.ThrowIfNull(modules);
        ArgumentOutOfRangeException.ThrowIfLessThan(settings.Rank, 1, nameof(settings));
        Settings = settings;
        Modules = [.. modules.OrderBy(m => m.Name, StringComparer.Ordinal)];
        Saved = [.. (saved ?? []).OrderBy(s => s.Name, StringComparer.Ordinal)];
        RefuseRepeats(Modules.Select(m => m.Name), nameof(modules));
        RefuseRepeats(Saved.Select(s => s.Name), nameof(saved));
        foreach (ModuleShape module in Modules)
        {
            CheckedCount([settings.Rank, module.Inputs], module.Name);
            CheckedCount([settings.Rank, module.Outputs], module.Name);
        }

        ParameterCount = Modules.Sum(m => settings.Rank * ((long)m.Inputs + m.Outputs)) + Saved.Sum(s => CheckedCount(s.Dimensions, s.Name));
    }

    public LoraSettings Settings { get; }

    /// <summary>In ordinal order of their names.</summary>
    public IReadOnlyList<ModuleShape> Modules { get; }

    /// <summary>In ordinal order of their names.</summary>
    public IReadOnlyList<TensorShape> Saved { get; }

    /// <summary>Number of values in all factors and saved tensors.</summary>
    public long ParameterCount { get; }

    /// <exception cref="ArgumentException">A module's rank is not the adapter's.</exception>
    public static AdapterShape Of(LoraAdapter adapter)
    {
        ArgumentNullException.ThrowIfNull(adapter);
        foreach ((string name, LoraFactors factors) in adapter.Modules)
        {
            if (factors.Rank != adapter.Settings.Rank)
            {
                throw new ArgumentException(
                    $"Module '{name}' has rank {factors.Rank}, but the adapter's rank is {adapter.Settings.Rank}.", nameof(adapter));
            }
        }

        return new AdapterShape(
            adapter.Settings,
            adapter.Modules.Select(m => new ModuleShape(m.Key, m.Value.Outputs, m.Value.Inputs)),
            adapter.Saved.Select(s => new TensorShape(s.Key, s.Value.Shape)));
    }

    /// <summary>A new adapter of this shape whose every value is zero.</summary>
    public LoraAdapter CreateZero() => new(
        Settings,
        Modules.Select(m => KeyValuePair.Create(m.Name, new LoraFactors(new Matrix(Settings.Rank, m.Inputs), new Matrix(m.Outputs, Settings.Rank)))),
        Saved.Select(s => KeyValuePair.Create(s.Name, new DenseTensor([.. s.Dimensions], new float[CheckedCount(s.Dimensions, s.Name)]))));

    /// <summary>
    /// The first thing in which this shape differs from <paramref name="expected"/>, as a clause (<c>module 'x' is [8×4], expected [8×5]</c>); null
    /// if they are alike.
    /// </summary>
    /// <remarks>The order of target modules and of modules to save does not matter.</remarks>
    public string? DifferenceFrom(AdapterShape expected)
    {
        ArgumentNullException.ThrowIfNull(expected);
        (LoraSettings here, LoraSettings there) = (Settings, expected.Settings);
        return Differs("rank", here.Rank, there.Rank)
            ?? Differs("alpha", here.Alpha, there.Alpha)
            ?? Differs("variant", here.Variant, there.Variant)
            ?? Differs("list of target modules", Listed(here.TargetModules), Listed(there.TargetModules))
            ?? Differs("list of modules to save", Listed(here.ModulesToSave), Listed(there.ModulesToSave))
            ?? Differs(
                "module",
                Modules.Select(m => (m.Name, $"[{m.Outputs}×{m.Inputs}]")),
                expected.Modules.Select(m => (m.Name, $"[{m.Outputs}×{m.Inputs}]")))
            ?? Differs(
                "tensor",
                Saved.Select(s => (s.Name, $"[{string.Join('×', s.Dimensions)}]")),
                expected.Saved.Select(s => (s.Name, $"[{string.Join('×', s.Dimensions)}]")));
    }

    private static string? Differs<T>(string what, T here, T there) =>
        EqualityComparer<T>.Default.Equals(here, there) ? null : FormattableString.Invariant($"its {what} is {here}, expected {there}");

    private static string? Differs(string what, IEnumerable<(string Name, string Shape)> here, IEnumerable<(string Name, string Shape)> there)
    {
        var found = here.ToDictionary(StringComparer.Ordinal);
        foreach ((string name, string shape) in there)
        {
            if (!found.Remove(name, out string? actual))
            {
                return $"{what} '{name}' {shape} is missing";
            }

            if (actual != shape)
            {
                return $"{what} '{name}' is {actual}, expected {shape}";
            }
        }

        return found.Count > 0 ? $"{what} '{found.Keys.Min(StringComparer.Ordinal)}' is not expected" : null;
    }

    private static string Listed(IEnumerable<string> names) =>
        $"({string.Join(", ", names.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal))})";

    private static void RefuseRepeats(IEnumerable<string> ordered, string parameter)
    {
        string? previous = null;
        foreach (string name in ordered)
        {
            if (name == previous)
            {
                throw new ArgumentException($"The name '{name}' occurs twice.", parameter);
            }

            previous = name;
        }
    }

    private static long CheckedCount(IReadOnlyList<int> dimensions, string name)
    {
        long count = 1;
        foreach (int dimension in dimensions)
        {
            if (dimension < 1 || (count *= dimension) > Array.MaxLength)
            {
                throw new ArgumentException(
                    $"'{name}' has a tensor [{string.Join('×', dimensions)}], expected dimensions of at least 1 and at most {Array.MaxLength} "
                    + "values.", nameof(dimensions));
            }
        }

        return count;
    }
}
