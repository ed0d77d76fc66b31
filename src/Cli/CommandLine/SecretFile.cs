namespace EdgeFlora.Cli.CommandLine;

/// <summary>A secret from a file or standard input, for a command line shows it to everybody on the machine.</summary>
internal static class SecretFile
{
    /// <param name="option">As typed, for messages.</param>
    /// <param name="file">- reads standard input.</param>
    /// <exception cref="InputException">There is no such file.</exception>
    public static string Read(string option, string file) => file != "-" && !File.Exists(file)
        ? throw new InputException($"{option} is '{file}', which is not a file; give a file that holds the token alone")
        : (file == "-" ? Console.In.ReadLine() ?? "" : File.ReadAllText(file)).Trim();
}
