namespace EdgeFlora.Learning.Demo;

/// <summary>One class of the demo's task: an area of .NET.</summary>
/// <param name="Label">Its name, for people.</param>
/// <param name="Namespaces">Its namespaces; those below them belong to it too.</param>
/// <param name="Share">
/// Fraction of its sentences kept from pre-training for the demo, 0 … 1: larger areas keep less, so that the classes come out of similar size.
/// </param>
internal sealed record DemoArea(string Label, string[] Namespaces, double Share)
{
    /// <summary>
    /// Ordered by label (ordinal). The shares are fixed: were they computed from a pack's counts, another pack's held-out sentences could lie among
    /// those pre-trained on.
    /// </summary>
    public static IReadOnlyList<DemoArea> All { get; } =
    [
        new("collections", ["System.Collections"], 0.45),
        new("components", ["Microsoft.AspNetCore.Components"], 0.45),
        new("controllers", ["Microsoft.AspNetCore.Mvc"], 0.22),
        new("cryptography", ["System.Security.Cryptography"], 0.20),
        new("data", ["System.Data"], 0.40),
        new("diagnostics", ["System.Diagnostics"], 0.25),
        new("files", ["System.IO"], 0.25),
        new("globalization", ["System.Globalization"], 0.50),
        new(
            "identity",
            [
                "Microsoft.AspNetCore.Authentication", "Microsoft.AspNetCore.Authorization", "Microsoft.AspNetCore.Identity",
                "System.Security.Claims", "System.Security.Principal",
            ],
            0.35),
        new("interop", ["System.Runtime.InteropServices"], 0.35),
        new("json", ["System.Text.Json"], 0.50),
        new("linq", ["System.Linq"], 0.50),
        new("networking", ["System.Net"], 0.15),
        new("reflection", ["System.Reflection"], 0.20),
        new("threading", ["System.Threading"], 0.35),
        new("xml", ["System.Xml"], 0.20),
    ];

    /// <summary>Whether a type's full name lies in this area.</summary>
    public bool Holds(string type) =>
        Namespaces.Any(name => type.StartsWith(name, StringComparison.Ordinal) && type.Length > name.Length && type[name.Length] == '.');
}
