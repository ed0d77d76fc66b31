using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace EdgeFlora.Learning.Data;

/// <summary>A hash of text that is the same on every machine and for ever, for splits that must not move.</summary>
internal static class StableHash
{
    /// <summary>The first 53 bits of SHA-256 over the UTF-8 text as a number in [0, 1), uniform over texts.</summary>
    public static double Fraction(string text) =>
        (BinaryPrimitives.ReadUInt64BigEndian(SHA256.HashData(Encoding.UTF8.GetBytes(text))) >> 11) * (1.0 / (1UL << 53));
}
