using System.Buffers.Binary;
using System.Text;
using EdgeFlora.Learning.Models;

namespace EdgeFlora.Learning.Tests.Models;

/// <summary>A model folder that a test breaks, and the refusals that are expected of loading it.</summary>
internal sealed class HostileFolder : IDisposable
{
    /// <summary>A tensor of the small BERT.</summary>
    public const string Query = "bert.encoder.layer.1.attention.self.query.weight";

    // What refusing takes: messages, the configuration and a header of real size.
    private const long RefusalBytes = 1 << 20;

    private readonly TemporaryFolder folder = new();

    public string Path => folder.Path;

    public string Weights => File("model.safetensors");

    public string File(string name) => folder.File(name);

    public void Dispose() => folder.Dispose();

    /// <summary>Writes a weights file of a header and data; sixteen zero bytes if there is none.</summary>
    public void WriteRaw(string header, byte[]? data = null)
    {
        byte[] json = Encoding.UTF8.GetBytes(header);
        byte[] prefix = new byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(prefix, json.Length);
        System.IO.File.WriteAllBytes(Weights, [.. prefix, .. json, .. data ?? new byte[16]]);
    }

    /// <summary>Replaces the numbers of settings in config.json.</summary>
    public void Set(params (string Setting, double Value)[] settings)
    {
        string path = File("config.json");
        var json = System.Text.Json.Nodes.JsonNode.Parse(System.IO.File.ReadAllText(path))!.AsObject();
        foreach ((string setting, double value) in settings)
        {
            json[setting] = value == Math.Floor(value) && Math.Abs(value) < 1e15 ? (long)value : value;
        }

        System.IO.File.WriteAllText(path, json.ToJsonString());
    }

    /// <summary>The folder is refused, with all of these in the message, and the memory for its claims is never taken.</summary>
    public void RefusedCheaply(params string[] expected)
    {
        _ = Assert.Throws<InvalidDataException>(() => BaseModel.Load(folder.Path)); // what is made once for all loads is made here
        long before = GC.GetAllocatedBytesForCurrentThread();
        Refused(expected);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, RefusalBytes);
    }

    /// <summary>The folder is refused, with all of these in the message.</summary>
    public void Refused(params string[] expected)
    {
        InvalidDataException refusal = Assert.Throws<InvalidDataException>(() => BaseModel.Load(folder.Path));
        Assert.All(expected, part => Assert.Contains(part, refusal.Message, StringComparison.Ordinal));
    }
}
