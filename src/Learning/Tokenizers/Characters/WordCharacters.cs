using System.Text;

namespace EdgeFlora.Learning.Tokenizers.Characters;

/// <summary>Word characters as Unicode Technical Standard 18 has them; Oniguruma's lack the joiners U+200C and U+200D.</summary>
internal static class WordCharacters
{
    public static CodePointSet All { get; } = CharacterProperties.Word.Union(CodePointSet.Range(0x200C, 0x200D));

    public static bool Contains(Rune rune) =>
        rune.IsAscii ? char.IsAsciiLetterOrDigit((char)rune.Value) || rune.Value == '_' : All.Contains(rune.Value);
}
