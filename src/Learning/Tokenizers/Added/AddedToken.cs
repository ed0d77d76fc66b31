namespace EdgeFlora.Learning.Tokenizers.Added;

/// <summary>A token that is found in text before any model sees it.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Content">What is looked for.</param>
/// <param name="WholeWord">Whether it must not touch word characters.</param>
/// <param name="StripLeft">Whether it takes the white space before it.</param>
/// <param name="StripRight">Whether it takes the white space after it.</param>
/// <param name="Normalized">Whether it is looked for in normalized text, itself normalized.</param>
/// <param name="Special">Whether it stands for no text.</param>
internal sealed record AddedToken(int Id, string Content, bool WholeWord, bool StripLeft, bool StripRight, bool Normalized, bool Special);
