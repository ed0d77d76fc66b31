using System.Security.Cryptography;

namespace EdgeFlora.Coordinator.Dashboard;

/// <summary>One file of the dashboard.</summary>
internal sealed class DashboardFile(string name, byte[] content)
{
    public string Name => name;

    public ReadOnlyMemory<byte> Content => content;

    /// <summary>Names these bytes; another build's file of the same name has another.</summary>
    public string ETag { get; } = $"\"{Convert.ToHexStringLower(SHA256.HashData(content))[..32]}\"";

    /// <exception cref="InvalidOperationException">There is no type for such names: a mistake of ours.</exception>
    public string ContentType { get; } = Path.GetExtension(name) switch
    {
        ".html" => "text/html; charset=utf-8",
        ".js" => "text/javascript; charset=utf-8",
        ".css" => "text/css; charset=utf-8",
        ".svg" => "image/svg+xml",
        string other => throw new InvalidOperationException($"The dashboard's file {name} has no content type for '{other}'."),
    };
}
