using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Security.Cryptography;
using EdgeFlora.Transport.Blobs;

namespace EdgeFlora.Coordinator.Store.S3;

/// <summary>
/// Name of the object that one body was written to, below the prefix: <c>RUN/SHA256/TERM-NONCE</c>. No name is ever used twice, which is what makes
/// removing safe: see docs/decisions/bodies-in-s3.md.
/// </summary>
/// <param name="Term">The one that its writer led under.</param>
/// <param name="Nonce">Tells writings of the same body within a term from each other.</param>
internal sealed record ObjectName(Guid Run, string Sha256, long Term, string Nonce)
{
    private const int NonceBytes = 8;

    public static ObjectName New(Guid run, string sha256, long term) =>
        new(run, sha256, term, Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(NonceBytes)));

    /// <summary>Whether a name is of this form; anything else in the bucket is not ours.</summary>
    public static bool TryParse(string text, [NotNullWhen(true)] out ObjectName? name)
    {
        name = null;
        string[] parts = text.Split('/');
        if (parts.Length != 3 || !Guid.TryParseExact(parts[0], "D", out Guid run) || !BlobClaims.IsSha256(parts[1])
            || parts[2].Split('-') is not [var term, { Length: 2 * NonceBytes } nonce]
            || !long.TryParse(term, NumberStyles.None, CultureInfo.InvariantCulture, out long led) || !nonce.All(char.IsAsciiHexDigitLower))
        {
            return false;
        }

        name = new ObjectName(run, parts[1], led, nonce);
        return true;
    }

    public override string ToString() => FormattableString.Invariant($"{Run:D}/{Sha256}/{Term}-{Nonce}");
}
