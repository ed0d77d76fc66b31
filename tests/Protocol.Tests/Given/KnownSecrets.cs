using System.Security.Cryptography;
using System.Text;
using EdgeFlora.Protocol.Rounds;

namespace EdgeFlora.Protocol.Tests.Given;

/// <summary>Secrets of a private run that a test knows: the same again for the same word, use and round.</summary>
internal static class KnownSecrets
{
    public static SecretSource Of(string word) => (use, round) => [.. SHA256.HashData(Encoding.UTF8.GetBytes($"{word}|{use}|{round}"))];
}
