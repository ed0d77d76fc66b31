using System.Text;
using EdgeFlora.Learning.Tokenizers.Characters;

namespace EdgeFlora.Learning.Tokenizers.PreTokenization;

/// <summary>Words of one script; Japanese is one, its Chinese characters included, and spaces are of any.</summary>
/// <remarks>What stands before the first character of a script is left out, as in Hugging Face's tokenizers.</remarks>
internal static class ScriptWords
{
    private const int Any = -1;
    private const int LongVowel = 0x30FC;

    private static readonly (int[] Starts, int[] Scripts) Table = Ranges();
    private static readonly int Han = Script(0x4E00);
    private static readonly int Hiragana = Script(0x3042);
    private static readonly int Katakana = Script(0x30A2);

    public static IEnumerable<string> Split(string text)
    {
        int start = -1;
        int last = Any;
        int at = 0;
        foreach (Rune rune in text.EnumerateRunes())
        {
            int script = rune.Value == ' ' ? Any : rune.Value == LongVowel ? Han : Japanese(Script(rune.Value));
            if (script != Any && script != last)
            {
                if (start >= 0)
                {
                    yield return text[start..at];
                }

                start = at;
                last = script;
            }

            at += rune.Utf16SequenceLength;
        }

        if (start >= 0)
        {
            yield return text[start..];
        }
    }

    private static int Japanese(int script) => script == Hiragana || script == Katakana ? Han : script;

    private static int Script(int codePoint)
    {
        int at = Array.BinarySearch(Table.Starts, codePoint);
        return Table.Scripts[at >= 0 ? at : ~at - 1];
    }

    private static (int[] Starts, int[] Scripts) Ranges()
    {
        var starts = new SortedDictionary<int, int> { [0] = Any };
        int number = 0;
        foreach (string script in CharacterProperties.Scripts)
        {
            foreach ((int first, int last) in CharacterProperties.Find(script)!.Ranges)
            {
                starts[first] = number;
                starts.TryAdd(last + 1, Any);
            }

            number++;
        }

        return ([.. starts.Keys], [.. starts.Values]);
    }
}
