using System.Buffers.Binary;
using EdgeFlora.Learning.Tokenizers.Normalization;

namespace EdgeFlora.Learning.Tests.Tokenizers;

public sealed class CharacterMapTests
{
    private const uint Value = 0x100;

    [Theory]
    [InlineData("a b", "A b")]
    [InlineData("é日é", "e日e")]
    [InlineData("a\u0301x", "Ax")] // a short grapheme is looked up whole, and what begins it replaces all of it
    [InlineData("", "")]
    public void Characters_become_their_replacements(string text, string expected) =>
        Assert.Equal(expected, new CharacterMap(Compiled()).Normalize(text));

    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    [InlineData(100)] // the trie is cut off
    public void A_map_that_is_cut_off_is_refused(int length) =>
        Assert.Contains(
            "trie", Assert.Throws<InvalidDataException>(() => new CharacterMap(Compiled().AsSpan(0, length))).Message, StringComparison.Ordinal);

    [Fact]
    public void A_map_of_noise_harms_nobody()
    {
        var random = new Random(23);
        for (int i = 0; i < 200; i++)
        {
            byte[] noise = new byte[4 + (4 * random.Next(1, 300)) + random.Next(20)];
            random.NextBytes(noise);
            BinaryPrimitives.WriteInt32LittleEndian(noise, (noise.Length - 4) / 4 * 4);

            Assert.NotNull(new CharacterMap(noise).Normalize(RandomText.Next(random, 30)));
        }
    }

    /// <summary>By hand: a (61) → "A", é (C3 A9) → "e". A child's place is its parent's, xor the parent's offset, xor the label.</summary>
    private static byte[] Compiled()
    {
        uint[] units = new uint[0x300];
        units[0] = Offset(0x100);
        units[0x100 ^ 0x61] = 0x61 | Value | Offset(0x161 ^ 1);
        units[1] = 0; // "A" stands at 0
        units[0x100 ^ 0xC3] = 0xC3 | Offset(0x1C3 ^ 0x200);
        units[0x200 ^ 0xA9] = 0xA9 | Value | Offset(0x2A9 ^ 2);
        units[2] = 2; // "e" stands at 2
        byte[] compiled = new byte[4 + (4 * units.Length) + 4];
        BinaryPrimitives.WriteInt32LittleEndian(compiled, 4 * units.Length);
        for (int i = 0; i < units.Length; i++)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(compiled.AsSpan(4 + (4 * i)), units[i]);
        }

        "A\0e\0"u8.CopyTo(compiled.AsSpan(^4));
        return compiled;
    }

    private static uint Offset(int offset) => (uint)offset << 10;
}
