using EdgeFlora.Learning.Tokenizers.Characters;

namespace EdgeFlora.Learning.Tokenizers.Patterns;

/// <summary>
/// Reads a regular expression by the rules of Oniguruma's own syntax, which <c>tokenizer.json</c> is written for (github.com/kkos/oniguruma, doc/RE).
/// </summary>
/// <remarks>
/// Groups capture nothing, for a tokenizer asks for no captures. What would need them, or has no counterpart in .NET, is refused by name:
/// backreferences, calls of groups, conditions, absent functions, callouts, <c>\K</c>, <c>\X</c> and <c>\y</c>.
/// </remarks>
internal sealed class PatternParser
{
    private const int MaxDepth = 200;

    private static readonly CodePointSet LineFeed = CodePointSet.Range('\n', '\n');

    private readonly PatternReader reader;
    private PatternOptions options = PatternOptions.None;
    private int depth;
    private int behind; // in so many conditions on what precedes

    private PatternParser(string pattern) => reader = new PatternReader(pattern);

    /// <exception cref="InvalidDataException">
    /// Oniguruma refuses the pattern, or it has no counterpart here; the message quotes it and says where.
    /// </exception>
    public static PatternNode Parse(string pattern)
    {
        var parser = new PatternParser(pattern);
        PatternNode root = parser.Alternatives();
        return parser.reader.Next == PatternReader.End ? root : throw parser.reader.Wrong("a group is closed that was not opened");
    }

    /// <summary>Branches up to the end of the group; options set in them end there.</summary>
    private PatternNode Alternatives()
    {
        if (++depth > MaxDepth)
        {
            throw reader.Wrong($"groups are nested over {MaxDepth} deep");
        }

        PatternOptions outside = options;
        var branches = new List<PatternNode> { Branch() };
        while (reader.TryRead("|"))
        {
            branches.Add(Branch());
        }

        options = outside;
        depth--;
        return branches is [var only] ? only : new PatternNode.Choice(branches);
    }

    private PatternNode Branch()
    {
        var items = new List<PatternNode>();
        for (reader.SkipIgnored(options.Extended); reader.Next is not (PatternReader.End or '|' or ')'); reader.SkipIgnored(options.Extended))
        {
            if (IsolatedOptions() is { } changed)
            {
                // They hold to the end of the group, later branches included: ab(?i)c|d is ab(?i:c|d).
                options = changed;
                items.Add(Alternatives());
                break;
            }

            items.Add(Quantified(Atom()));
        }

        return FoldedText.Sequence(items, foldsSequences: behind == 0);
    }

    /// <summary>Options that no group follows; null, and nothing read, if there are none.</summary>
    private PatternOptions? IsolatedOptions()
    {
        int start = reader.Position;
        if (reader.TryRead("(?") && PatternOptions.Read(reader, options) is { } changed && reader.TryRead(")"))
        {
            return changed;
        }

        reader.Position = start;
        return null;
    }

    private PatternNode Quantified(PatternNode atom)
    {
        bool place = atom is PatternNode.Look or PatternNode.Place;
        for (reader.SkipIgnored(options.Extended);
            PatternQuantifier.Read(reader) is var (least, most, lazy, possessive);
            reader.SkipIgnored(options.Extended))
        {
            if (place)
            {
                throw reader.Wrong("a condition is repeated");
            }

            if (possessive && behind > 0)
            {
                throw reader.Wrong("a possessive quantifier in a condition on what precedes is not supported");
            }

            atom = new PatternNode.Repeat(FoldedText.Sequence([atom], foldsSequences: behind == 0), least, most, lazy);
            atom = possessive ? new PatternNode.Atomic(atom) : atom;
        }

        return atom;
    }

    private PatternNode Atom()
    {
        int start = reader.Position;
        int character = reader.Read();
        switch (character)
        {
            case '(':
                return Group();
            case '[':
                (CodePointSet inner, bool negated) = PatternClass.Read(reader, options);
                return options.IgnoreCase
                    ? FoldedText.Class(inner, negated, foldsSequences: behind == 0)
                    : new PatternNode.Characters(negated ? inner.Complement() : inner);
            case '.':
                return new PatternNode.Characters(options.DotMatchesAll ? CodePointSet.All : LineFeed.Complement());
            case '^':
                return new PatternNode.Choice([
                    new PatternNode.Place(PatternPlace.TextStart),
                    new PatternNode.Sequence([
                        PatternNode.Beside(LineFeed, before: true, negated: false),
                        PatternNode.Beside(CodePointSet.All, before: false, negated: false)])]);
            case '$':
                return new PatternNode.Choice(
                    [new PatternNode.Place(PatternPlace.TextEnd), PatternNode.Beside(LineFeed, before: false, negated: false)]);
            case '\\':
                return Escape();
            case '*' or '+' or '?':
                throw reader.Wrong("a quantifier follows nothing");
            case '{':
                reader.Position = start;
                if (PatternQuantifier.Interval(reader) is not null)
                {
                    throw reader.Wrong("a quantifier follows nothing");
                }

                reader.Read();
                return Literal(character);
            default:
                return Literal(character);
        }
    }

    private PatternNode Literal(int character) => options.IgnoreCase
        ? new PatternNode.Folded(character)
        : new PatternNode.Characters(CodePointSet.Range(character, character));

    private PatternNode Escape()
    {
        if (PatternEscapes.Set(reader, options, bracketed: false) is { } set)
        {
            return new PatternNode.Characters(set);
        }

        CodePointSet word = PatternEscapes.Word(options);
        int letter = reader.Next;
        PatternNode? node = letter switch
        {
            'b' => Boundary(word, same: false),
            'B' => Boundary(word, same: true),
            'A' => new PatternNode.Place(PatternPlace.TextStart),
            'z' => new PatternNode.Place(PatternPlace.TextEnd),
            'Z' => new PatternNode.Look(
                new PatternNode.Sequence(
                    [new PatternNode.Repeat(new PatternNode.Characters(LineFeed), 0, 1, Lazy: false), new PatternNode.Place(PatternPlace.TextEnd)]),
                Behind: false,
                Negated: false),
            'G' => new PatternNode.Place(PatternPlace.SearchStart),
            'R' => LineEnd(),
            'N' => new PatternNode.Characters(LineFeed.Complement()),
            'O' => new PatternNode.Characters(CodePointSet.All),
            (>= '1' and <= '9') when reader.Ahead(1) is < '0' or > '9' =>
                throw reader.Wrong("a backreference is not supported; write what should match"),
            'k' => throw reader.Wrong("a backreference is not supported; write what should match"),
            'g' => throw reader.Wrong("a call of a group is not supported; write what should match"),
            'K' or 'X' or 'y' or 'Y' => throw reader.Wrong($"\\{(char)letter} is not supported"),
            _ => null,
        };
        if (node is null)
        {
            return Literal(PatternEscapes.Character(reader));
        }

        reader.Read();
        return node;
    }

    /// <summary>Any end of a line, <c>\r\n</c> as a whole.</summary>
    private PatternNode LineEnd() => behind > 0
        ? throw reader.Wrong("\\R in a condition on what precedes is not supported")
        : new PatternNode.Atomic(new PatternNode.Choice([
            new PatternNode.Sequence([new PatternNode.Characters(CodePointSet.Range('\r', '\r')), new PatternNode.Characters(LineFeed)]),
            new PatternNode.Characters(CodePointSet.Of([(0xA, 0xD), (0x85, 0x85), (0x2028, 0x2029)]))]));

    /// <summary>Between a word character and another, or between two of a kind.</summary>
    private static PatternNode.Choice Boundary(CodePointSet word, bool same) => new([
        new PatternNode.Sequence([PatternNode.Beside(word, before: true, negated: false), PatternNode.Beside(word, before: false, negated: !same)]),
        new PatternNode.Sequence([PatternNode.Beside(word, before: true, negated: true), PatternNode.Beside(word, before: false, negated: same)])]);

    private PatternNode Group()
    {
        if (!reader.TryRead("?"))
        {
            return reader.Next == '*' ? throw reader.Wrong("a callout is not supported") : Body();
        }

        int kind = reader.Read();
        switch (kind)
        {
            case ':':
                return Body();
            case '>':
                return behind > 0
                    ? throw reader.Wrong("an atomic group in a condition on what precedes is not supported")
                    : new PatternNode.Atomic(Body());
            case '=' or '!':
                return new PatternNode.Look(Body(), Behind: false, Negated: kind == '!');
            case '<' when reader.Next is '=' or '!':
                bool negated = reader.Read() == '!';
                behind++;
                PatternNode body = Body();
                behind--;
                return new PatternNode.Look(body, Behind: true, negated);
            case '<' or '\'':
                string? name = reader.ReadUntil(kind == '<' ? '>' : '\'');
                return string.IsNullOrEmpty(name) ? throw reader.Wrong("a group has no name") : Body();
            case '~' or '(' or '{':
                throw reader.Wrong($"a group that begins with (?{(char)kind} is not supported");
            default:
                reader.Position--;
                PatternOptions inside = PatternOptions.Read(reader, options) ?? throw reader.Wrong("an option is none of i, m, x, W, D, S and P");
                reader.Read(); // the colon: without one they were isolated
                PatternOptions outside = options;
                options = inside;
                PatternNode grouped = Body();
                options = outside;
                return grouped;
        }
    }

    private PatternNode Body()
    {
        PatternNode body = Alternatives();
        return reader.TryRead(")") ? Grouped(body) : throw reader.Wrong("a group is not closed");
    }

    /// <summary>A group is more than its only item: what follows it may be repeated, and letters in it make no sequence with those outside.</summary>
    private static PatternNode Grouped(PatternNode body) => new PatternNode.Choice([body]);
}
