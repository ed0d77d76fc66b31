using System.Text.Json;
using System.Text.Json.Nodes;
using EdgeFlora.Contracts;
using EdgeFlora.Contracts.Presence;
using MassTransit.Serialization;

namespace EdgeFlora.Transport.Tests.Releases;

/// <summary>
/// Agents of the last release work with a coordinator of today, and the other way round: every message of a release is kept here as it went over
/// the wire, with every property set.
/// </summary>
/// <remarks>
/// Before a release, <c>EDGEFLORA_WRITE_MESSAGES=FOLDER</c> writes those of this build to a folder, which is then named after the release. The
/// two newest stay.
/// </remarks>
public sealed class ReleasedMessagesTests
{
    private static readonly JsonSerializerOptions Wire = SystemTextJsonMessageSerializer.Options;

    private static readonly JsonSerializerOptions Readable = new(Wire) { WriteIndented = true };

    private static readonly string Kept = Path.Combine(AppContext.BaseDirectory, "Releases");

    /// <summary>Messages that came after the first release kept here, with the release that they came with.</summary>
    private static readonly Dictionary<string, string> Since = new()
    {
        [nameof(CredentialAnswer)] = "0.2.0",
        [nameof(CredentialChange)] = "0.2.0",
        [nameof(CredentialWanted)] = "0.2.0",
    };

    /// <summary>Messages with a header; chunks of bodies travel as raw bytes.</summary>
    private static readonly Type[] Messages =
    [
        .. typeof(MessageHeader).Assembly.GetExportedTypes()
            .Where(type => type.GetProperty("Header")?.PropertyType == typeof(MessageHeader))
            .OrderBy(type => type.Name, StringComparer.Ordinal),
    ];

    public static TheoryData<string, string> Stored =>
    [
        .. Directory.GetFiles(Kept, "*.json", SearchOption.AllDirectories)
            .Select(file => (Path.GetFileName(Path.GetDirectoryName(file)!), Path.GetFileNameWithoutExtension(file)))
            .Order(),
    ];

    /// <summary>What a release sent is read to the last property, and what it requires of a message is in the message of today.</summary>
    [Theory]
    [MemberData(nameof(Stored))]
    public void Nothing_of_a_released_message_is_lost(string release, string message)
    {
        JsonNode sent = JsonNode.Parse(File.ReadAllText(Path.Combine(Kept, release, message + ".json")))!;
        Type type = Messages.Single(type => type.Name == message);

        object read = JsonSerializer.Deserialize(sent, type, Wire)!;
        JsonNode answered = JsonSerializer.SerializeToNode(read, type, Wire)!;

        Assert.Empty(Lost(sent, answered, message));
    }

    [Fact]
    public void Every_message_of_a_release_is_kept()
    {
        string[] kept = [.. Stored.Select(row => $"{row.Data.Item1} {row.Data.Item2}")];

        foreach (string release in Directory.GetDirectories(Kept).Select(Path.GetFileName).OfType<string>())
        {
            Assert.Equal(
                Messages.Where(type => !IsSince(type, release)).Select(type => $"{release} {type.Name}"),
                kept.Where(row => row.StartsWith(release + " ", StringComparison.Ordinal)));
        }
    }

    /// <summary>A message of today with all that is new in it is read by one that knows none of it: unknown properties are passed over.</summary>
    [Fact]
    public void Properties_that_a_receiver_does_not_know_are_passed_over()
    {
        foreach (Type type in Messages)
        {
            JsonObject newer = JsonSerializer.SerializeToNode(new SampleValue().Of(type), type, Wire)!.AsObject();
            newer["header"]!["ofTomorrow"] = 1;
            newer["ofTomorrow"] = new JsonObject { ["deep"] = true };

            Assert.NotNull(newer.Deserialize(type, Wire));
        }
    }

    [Fact]
    public void Messages_of_this_build_are_written_on_request()
    {
        string folder = Environment.GetEnvironmentVariable("EDGEFLORA_WRITE_MESSAGES") ?? Directory.CreateTempSubdirectory("ef-messages-").FullName;
        Directory.CreateDirectory(folder);
        foreach (Type type in Messages)
        {
            string json = JsonSerializer.Serialize(new SampleValue().Of(type), type, Readable);
            File.WriteAllText(Path.Combine(folder, type.Name + ".json"), json + "\n");
        }

        Assert.Equal(Messages.Length, Directory.GetFiles(folder, "*.json").Length);
        if (Environment.GetEnvironmentVariable("EDGEFLORA_WRITE_MESSAGES") is null)
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static bool IsSince(Type type, string release) =>
        Since.TryGetValue(type.Name, out string? since) && new Version(release) < new Version(since);

    private static IEnumerable<string> Lost(JsonNode? sent, JsonNode? answered, string path) => (sent, answered) switch
    {
        (JsonObject was, JsonObject now) => was.SelectMany(property => now.ContainsKey(property.Key)
            ? Lost(property.Value, now[property.Key], $"{path}.{property.Key}")
            : [$"{path}.{property.Key} is gone"]),
        (JsonArray was, JsonArray now) => was.Count == now.Count
            ? was.SelectMany((item, i) => Lost(item, now[i], $"{path}[{i}]"))
            : [$"{path} has {now.Count} items and had {was.Count}"],
        _ => JsonNode.DeepEquals(sent, answered) ? [] : [$"{path} is {answered?.ToJsonString() ?? "null"} and was {sent?.ToJsonString() ?? "null"}"],
    };
}
