using EdgeFlora.Learning.Tokenizers.Characters;

namespace EdgeFlora.Learning.Tokenizers.Patterns;

/// <summary>A part of a regular expression, whoever's rules it was written by.</summary>
internal abstract record PatternNode
{
    /// <summary>One character of a set.</summary>
    public sealed record Characters(CodePointSet Set) : PatternNode;

    /// <summary>One character whatever its case: it may match several characters, and several such one (<see cref="FoldedText"/>).</summary>
    public sealed record Folded(int CodePoint) : PatternNode;

    /// <summary>One after the other.</summary>
    public sealed record Sequence(IReadOnlyList<PatternNode> Items) : PatternNode;

    /// <summary>The first branch that leads to a match.</summary>
    public sealed record Choice(IReadOnlyList<PatternNode> Branches) : PatternNode;

    /// <summary>As often as possible, or as seldom.</summary>
    /// <param name="Body">What is repeated.</param>
    /// <param name="Least">At least so often.</param>
    /// <param name="Most">At most so often; null without end.</param>
    /// <param name="Lazy">Whether as seldom as possible.</param>
    public sealed record Repeat(PatternNode Body, int Least, int? Most, bool Lazy) : PatternNode;

    /// <summary>What is matched once is not tried otherwise.</summary>
    public sealed record Atomic(PatternNode Body) : PatternNode;

    /// <summary>A condition on what follows or precedes.</summary>
    public sealed record Look(PatternNode Body, bool Behind, bool Negated) : PatternNode;

    /// <summary>A condition on the place.</summary>
    public sealed record Place(PatternPlace At) : PatternNode;

    public static PatternNode Empty { get; } = new Sequence([]);

    /// <summary>A condition that a character of the set precedes or follows, or that none does.</summary>
    public static PatternNode Beside(CodePointSet set, bool before, bool negated) => new Look(new Characters(set), before, negated);
}
