/** index.html has it, since its name changes with what is bundled. */
const licences = document.querySelector<HTMLLinkElement>('link[rel="license"]')?.href;

export function Footer() {
  return (
    <footer className="footer">
      <p>
        Times are UTC, the market’s New York. Nothing here leaves this machine.{' '}
        <a href={licences}>Licences of what the page is made of</a>
      </p>
    </footer>
  );
}
