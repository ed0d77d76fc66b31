using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using EdgeFlora.Contracts.Api;
using EdgeFlora.Coordinator.Api.Access;
using EdgeFlora.Coordinator.Commands;
using Microsoft.AspNetCore.Http;

namespace EdgeFlora.Coordinator.Api.Endpoints;

/// <summary>A request that changes something: its body, and what tells a repeat from a second one.</summary>
internal sealed class CommandRequest
{
    private const string KeyHeader = "Idempotency-Key";
    private const int MaxKey = 200;

    /// <summary>What a body holds beyond its settings is a mistake: a misspelt change must not look done.</summary>
    private static readonly JsonSerializerOptions Strict = ApiJson.Configured(
        new(JsonSerializerDefaults.Web) { UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow });

    private CommandRequest(byte[] body, CommandContext context)
    {
        Body = body;
        Context = context;
    }

    public byte[] Body { get; }

    public CommandContext Context { get; }

    /// <exception cref="ServiceRefusedException">The idempotency key is none.</exception>
    public static async Task<CommandRequest> ReadAsync(HttpContext http)
    {
        string? idempotency = KeyOf(http);
        byte[] bytes = await BodyAsync(http);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(Encoding.UTF8.GetBytes($"{http.Request.Method} {http.Request.Path}{http.Request.QueryString}\n"));
        hash.AppendData(bytes);
        string fingerprint = Convert.ToHexStringLower(hash.GetHashAndReset());
        return new CommandRequest(bytes, new CommandContext(TokenAuthentication.Of(http)!.Name, idempotency, fingerprint));
    }

    /// <summary>The idempotency key of a request; null: it has none.</summary>
    /// <exception cref="ServiceRefusedException">It is none.</exception>
    public static string? KeyOf(HttpContext http)
    {
        string[] keys = [.. http.Request.Headers[KeyHeader].OfType<string>()];
        return keys.Length > 1 || keys.Any(key => key.Length is 0 or > MaxKey || key.Any(c => c is < '!' or > '~'))
            ? throw new ServiceRefusedException(
                ProblemCode.InvalidInput, $"{KeyHeader} must be one text of 1 … {MaxKey} visible ASCII characters, such as a random UUID")
            : keys.FirstOrDefault();
    }

    /// <summary>The body of a request that nobody known makes, as JSON.</summary>
    /// <exception cref="ServiceRefusedException">It is none, or has other settings.</exception>
    public static async Task<T> JsonAsync<T>(HttpContext http) => Json<T>(await BodyAsync(http));

    /// <summary>The body as JSON.</summary>
    /// <exception cref="ServiceRefusedException">It is none, or has other settings.</exception>
    public T Json<T>() => Json<T>(Body);

    private static async Task<byte[]> BodyAsync(HttpContext http)
    {
        using var body = new MemoryStream();
        await http.Request.Body.CopyToAsync(body, http.RequestAborted);
        return body.ToArray();
    }

    private static T Json<T>(byte[] body)
    {
        try
        {
            return JsonSerializer.Deserialize<T>(body, Strict) ?? throw new ServiceRefusedException(
                ProblemCode.InvalidInput, "the body is null; it must be a JSON object");
        }
        catch (JsonException wrong)
        {
            throw new ServiceRefusedException(ProblemCode.InvalidInput, $"the body cannot be read: {wrong.Message}", null, [
                new SpecMistake(
                    null, (int)(wrong.LineNumber ?? 0) + 1, (int)(wrong.BytePositionInLine ?? 0) + 1, wrong.Path ?? "", null, wrong.Message)]);
        }
    }

    /// <summary>The body as JSON, or <paramref name="standard"/> where there is none.</summary>
    public T JsonOr<T>(T standard) => Body.Length == 0 ? standard : Json<T>();
}
