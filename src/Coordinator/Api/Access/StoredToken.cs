using System.Text.Json;
using System.Text.Json.Serialization;
using EdgeFlora.Contracts.Api;

namespace EdgeFlora.Coordinator.Api.Access;

/// <summary>An operator token as it is kept.</summary>
/// <param name="Sha256">Of the secret, lower-case hexadecimal.</param>
internal sealed record StoredToken(string Name, OperatorRole Role, DateTimeOffset CreatedAt, string Sha256)
{
    [JsonIgnore]
    public OperatorTokenSummary Summary => new(Name, Role, CreatedAt);

    public static byte[] Write(IReadOnlyList<StoredToken> tokens) => JsonSerializer.SerializeToUtf8Bytes(tokens, ApiJson.Options);

    /// <param name="content">As <see cref="Write"/> made it.</param>
    /// <param name="place">Where it is kept, and <paramref name="mend"/> what helps if it is damaged, for the message.</param>
    /// <exception cref="InvalidDataException">It is damaged.</exception>
    public static IReadOnlyList<StoredToken> Read(byte[] content, string place, string mend)
    {
        try
        {
            StoredToken?[] read = JsonSerializer.Deserialize<StoredToken?[]>(content, ApiJson.Options) ?? [];
            return read.All(token => token is { Name: not null, Sha256: not null })
                ? [.. read.OfType<StoredToken>()]
                : throw new JsonException("a token lacks its name or its hash");
        }
        catch (JsonException damaged)
        {
            throw new InvalidDataException($"{place} is damaged ({damaged.Message}); {mend}", damaged);
        }
    }
}
