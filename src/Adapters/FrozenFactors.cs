namespace EdgeFlora.Adapters;

/// <summary>
/// Factors that a task leaves exactly as they are, by module. Compared by content; the text form names every factor, so it can be part of an
/// identity.
/// </summary>
public sealed class FrozenFactors : IEquatable<FrozenFactors>
{
    private readonly SortedSet<string> a;
    private readonly SortedSet<string> b;

    /// <param name="a">Names of modules whose A stays.</param>
    /// <param name="b">Names of modules whose B stays.</param>
    public FrozenFactors(IEnumerable<string> a, IEnumerable<string> b)
    {
        this.a = new SortedSet<string>(a, StringComparer.Ordinal);
        this.b = new SortedSet<string>(b, StringComparer.Ordinal);
    }

    /// <summary>Everything is trained.</summary>
    public static FrozenFactors None { get; } = new([], []);

    /// <summary>Modules whose A stays, in ordinal order.</summary>
    public IEnumerable<string> A => a;

    /// <summary>Modules whose B stays, in ordinal order.</summary>
    public IEnumerable<string> B => b;

    public bool HasA(string module) => a.Contains(module);

    public bool HasB(string module) => b.Contains(module);

    /// <summary>The first frozen factor in which two adapters differ, as <c>A of module 'x'</c>; null if all are equal value by value.</summary>
    /// <param name="before">Has the same modules and shapes as <paramref name="after"/>; modules named here that it lacks are passed over.</param>
    public string? FirstChange(LoraAdapter before, LoraAdapter after)
    {
        ArgumentNullException.ThrowIfNull(before);
        ArgumentNullException.ThrowIfNull(after);
        foreach ((string module, LoraFactors start) in before.Modules)
        {
            LoraFactors end = after.Modules[module];
            if (HasA(module) && !start.A.Values.SequenceEqual(end.A.Values))
            {
                return $"A of module '{module}'";
            }

            if (HasB(module) && !start.B.Values.SequenceEqual(end.B.Values))
            {
                return $"B of module '{module}'";
            }
        }

        return null;
    }

    public bool Equals(FrozenFactors? other) => other is not null && a.SetEquals(other.a) && b.SetEquals(other.b);

    public override bool Equals(object? obj) => Equals(obj as FrozenFactors);

    public override int GetHashCode() => StringComparer.Ordinal.GetHashCode(ToString());

    public override string ToString() => $"A({string.Join(',', a)}) B({string.Join(',', b)})";
}
