using EdgeFlora.Learning.Tokenizers.Characters;
using EdgeFlora.Learning.Tokenizers.Patterns;

namespace EdgeFlora.Learning.Tokenizers.PreTokenization;

/// <summary>Runs of word characters, and runs of what is neither word nor white space.</summary>
internal static class WhiteSpaceWords
{
    private static readonly TextPattern Words = TextPattern.Of(new PatternNode.Choice([
        Run(WordCharacters.All), Run(WordCharacters.All.Union(CharacterProperties.Space).Complement())]));

    public static IEnumerable<string> Split(string text) => Division.Split(text, Words.Matches(text), SplitBehavior.Removed, inverted: true);

    private static PatternNode.Repeat Run(CodePointSet set) => new(new PatternNode.Characters(set), 1, null, Lazy: false);
}
