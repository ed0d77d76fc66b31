using System.Text;

namespace EdgeFlora.Learning.Tests.Tokenizers;

/// <summary>Texts of all sorts of characters.</summary>
internal static class RandomText
{
    private static readonly (int First, int Last)[] Ranges =
    [
        (0x20, 0x7E), (0x20, 0x20), (0x61, 0x7A), (0x09, 0x0D), (0x00, 0x1F), (0xA0, 0x24F), (0x300, 0x36F), (0x590, 0x6FF), (0x900, 0x97F),
        (0x1100, 0x11FF),
        (0x2000, 0x206F), (0x2581, 0x2581), (0x3040, 0x30FF), (0x4E00, 0x4EFF), (0xAC00, 0xACFF), (0xE000, 0xE010), (0xFB00, 0xFB06),
        (0xFF00, 0xFFFD),
        (0x1D400, 0x1D4FF), (0x1F600, 0x1F64F), (0x20000, 0x200FF), (0xE0000, 0xE007F), (0x10FFF0, 0x10FFFF),
    ];

    /// <summary>Valid UTF-16 of up to <paramref name="longest"/> characters.</summary>
    public static string Next(Random random, int longest)
    {
        var text = new StringBuilder();
        for (int left = random.Next(longest + 1); left > 0; left--)
        {
            (int first, int last) = Ranges[random.Next(Ranges.Length)];
            text.Append(new Rune(random.Next(first, last + 1)).ToString());
        }

        return text.ToString();
    }
}
