using EdgeFlora.Adapters.Peft;

namespace EdgeFlora.Cli.CommandLine;

/// <summary>Which model an adapter says it was made for: the likely reason where it does not fit the one given.</summary>
internal static class AdapterOrigin
{
    /// <returns>The end of a complaint; empty if the adapter names no model, or one that is called as the one given.</returns>
    /// <param name="adapter">Folder of an adapter that has been read.</param>
    /// <param name="model">Folder of the model.</param>
    public static string Note(string adapter, string model)
    {
        string here = Path.GetFullPath(model);
        return PeftConfig.Read(adapter).BaseModelName is { Length: > 0 } made && !BaseModelName.MayBeSame(made, here)
            ? $" The adapter was made for '{BaseModelName.OwnName(made)}', the model here is '{BaseModelName.OwnName(here)}'"
            : "";
    }
}
