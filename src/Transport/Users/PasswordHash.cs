using System.Buffers.Text;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text;

namespace EdgeFlora.Transport.Users;

/// <summary>A broker's password as RabbitMQ keeps it: SHA-256 over a salt of 4 bytes and the password, in base64 behind that salt.</summary>
/// <remarks>
/// RabbitMQ's documentation, "Credentials and Passwords". One fast hash is enough for passwords of
/// <see cref="NewPassword"/>: 256 random bits cannot be tried out.
/// </remarks>
public static class PasswordHash
{
    /// <summary>RabbitMQ's name of the algorithm.</summary>
    public const string Algorithm = "rabbit_password_hashing_sha256";

    /// <summary>What RabbitMQ takes for a user without a password: it is let in by its certificate alone.</summary>
    public const string None = "";

    private const int SaltBytes = 4;
    private const int SecretBytes = 32;

    /// <summary>A password that nobody can guess: 256 random bits, as 43 characters that need no escaping anywhere.</summary>
    public static string NewPassword() => Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(SecretBytes));

    /// <summary>The hash of a password under a salt of its own.</summary>
    public static string Of(string password) => Of(password, RandomNumberGenerator.GetBytes(SaltBytes));

    /// <param name="salt">4 bytes.</param>
    public static string Of(string password, ReadOnlySpan<byte> salt)
    {
        ArgumentNullException.ThrowIfNull(password);
        ArgumentOutOfRangeException.ThrowIfNotEqual(salt.Length, SaltBytes);
        byte[] salted = [.. salt, .. Encoding.UTF8.GetBytes(password)];
        return Convert.ToBase64String([.. salt, .. SHA256.HashData(salted)]);
    }

    /// <summary>Whether a text has the form of such a hash. RabbitMQ takes any text, and then nobody can log in.</summary>
    public static bool IsOne([NotNullWhen(true)] string? text)
    {
        Span<byte> bytes = stackalloc byte[SaltBytes + SHA256.HashSizeInBytes];
        return text is { Length: 48 } && Convert.TryFromBase64String(text, bytes, out int count) && count == bytes.Length;
    }
}
